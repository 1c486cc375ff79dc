// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IJobBoard, IJobConsumer} from "../interfaces/IJobBoard.sol";

/// @title Example: a contract that has a program run on a text of its caller's, and keeps the CID of what it printed.
/// @notice The specification is cut in two where the text belongs; the contract puts the text between and the board hashes the whole. How the
/// halves are made: docs/examples/board/README.md. The caller pays: bid + fee of the board's token, by an allowance to this contract.
contract AskOnce is IJobConsumer {
    using SafeERC20 for IERC20;

    uint256 private constant CALLBACK_GAS = 150_000;
    uint256 private constant TURN = 60;
    uint256 private constant TIMEOUT = 1 hours;
    /// @dev A text of dag-cbor with one byte for its length: 24 to 255 bytes; shorter ones are padded with spaces.
    uint256 private constant MIN_TEXT = 24;
    uint256 private constant MAX_TEXT = 255;

    IJobBoard public immutable board;
    bytes private _head;
    bytes private _tail;
    /// @notice Who asked, by request.
    mapping(bytes32 request => address asker) public askerOf;
    /// @notice CID of the last answer to an asker, as bytes, and its exit code: 256 + outcome where the program did not exit.
    mapping(address asker => bytes stdout) public answerTo;
    mapping(address asker => uint16) public exitCodeOf;

    event Asked(bytes32 indexed request, address indexed asker);
    event Answered(bytes32 indexed request, address indexed asker, uint16 exitCode, bytes stdout);

    error OnlyBoard(address caller);
    error NotAsked(bytes32 request);
    error TextTooLong(uint256 length, uint256 max);

    /// @param head of the specification, up to the text and its length
    /// @param tail from behind the text on
    constructor(address board_, bytes memory head, bytes memory tail) {
        (board, _head, _tail) = (IJobBoard(board_), head, tail);
    }

    /// @param text must not end its quotes or begin others: the program finds it as one string
    /// @param turns how many seats the court has, or fewer
    function ask(string calldata text, uint256 bid, uint256 fee, uint256 turns) external returns (bytes32 request) {
        IERC20 token = IERC20(board.token());
        token.safeTransferFrom(msg.sender, address(this), bid + fee);
        token.forceApprove(address(board), bid + fee);
        IJobBoard.Order memory order = IJobBoard.Order({
            bid: bid,
            fee: fee,
            callback: address(this),
            callbackGas: CALLBACK_GAS,
            turn: TURN,
            turns: turns,
            timeout: TIMEOUT,
            // an asker has a lane, so one does not wait for another
            lane: uint160(msg.sender)
        });
        request = board.request(order, specOf(text));
        askerOf[request] = msg.sender;
        emit Asked(request, msg.sender);
    }

    /// @inheritdoc IJobConsumer
    function onJobDone(bytes32 request, JobResult calldata result) external {
        if (msg.sender != address(board)) revert OnlyBoard(msg.sender);
        address asker = askerOf[request];
        // anybody's request may name this contract as its callback
        if (asker == address(0)) revert NotAsked(request);
        uint16 exitCode = result.outcome == 0 ? result.exitCode : 256 + uint16(result.outcome);
        (answerTo[asker], exitCodeOf[asker]) = (result.stdout, exitCode);
        emit Answered(request, asker, exitCode, result.stdout);
    }

    /// @notice The block that is run for a text.
    function specOf(string calldata text) public view returns (bytes memory) {
        bytes memory padded = bytes(text);
        if (padded.length > MAX_TEXT) revert TextTooLong(padded.length, MAX_TEXT);
        while (padded.length < MIN_TEXT) {
            padded = bytes.concat(padded, " ");
        }
        // text with one byte for its length
        return bytes.concat(_head, hex"78", bytes1(uint8(padded.length)), padded, _tail);
    }
}
